"""One VPC over two zones: public subnets for the load balancer, private ones for nodes, isolated ones for data."""

import pulumi_aws as aws

REGION = "ap-northeast-2"
ZONES = [f"{REGION}a", f"{REGION}c"]

vpc = aws.ec2.Vpc("shop", cidr_block="10.30.0.0/16", enable_dns_hostnames=True, enable_dns_support=True)
internet = aws.ec2.InternetGateway("shop", vpc_id=vpc.id)

public_routes = aws.ec2.RouteTable("public", vpc_id=vpc.id)
aws.ec2.Route(
    "internet", route_table_id=public_routes.id, destination_cidr_block="0.0.0.0/0", gateway_id=internet.id
)

public, private, isolated = [], [], []
for index, zone in enumerate(ZONES):
    outside = aws.ec2.Subnet(
        f"public-{index}", vpc_id=vpc.id, availability_zone=zone, cidr_block=f"10.30.{index}.0/24",
        tags={"kubernetes.io/role/elb": "1"},
    )  # fmt: skip
    inside = aws.ec2.Subnet(
        f"private-{index}", vpc_id=vpc.id, availability_zone=zone, cidr_block=f"10.30.{16 * (index + 1)}.0/20",
        tags={"kubernetes.io/role/internal-elb": "1"},
    )  # fmt: skip
    data = aws.ec2.Subnet(
        f"data-{index}", vpc_id=vpc.id, availability_zone=zone, cidr_block=f"10.30.{10 + index}.0/24"
    )
    address = aws.ec2.Eip(f"nat-{index}", domain="vpc")
    gateway = aws.ec2.NatGateway(f"nat-{index}", subnet_id=outside.id, allocation_id=address.id)
    routes = aws.ec2.RouteTable(f"private-{index}", vpc_id=vpc.id)
    aws.ec2.Route(
        f"nat-{index}",
        route_table_id=routes.id,
        destination_cidr_block="0.0.0.0/0",
        nat_gateway_id=gateway.id,
    )
    aws.ec2.RouteTableAssociation(f"public-{index}", subnet_id=outside.id, route_table_id=public_routes.id)
    aws.ec2.RouteTableAssociation(f"private-{index}", subnet_id=inside.id, route_table_id=routes.id)
    public.append(outside)
    private.append(inside)
    isolated.append(data)

aws.ec2.VpcEndpoint(
    "s3", vpc_id=vpc.id, service_name=f"com.amazonaws.{REGION}.s3", vpc_endpoint_type="Gateway"
)
